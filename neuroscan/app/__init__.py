"""The only room that knows Streamlit: what pages are made of."""
