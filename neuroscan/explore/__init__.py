"""What is in a data set and what is wrong with it: one row a frame; no Streamlit, no Keras.

columns               the columns of a row, each defined once
statistics            what stands in them: of the frame, of its mask
record                one sample read and measured: row, thumbnail, signature
store                 rows kept as Parquet beside the data set, keyed by file size and time
results, views        the tables that were kept, and thumbnails out of them
parallel              a function over many items, by processes or a Dask cluster
compute               all frames of a folder, by processes or a Dask cluster
background            the same in a process of its own, which a page can leave and return to
contradictions        near-duplicates whose masks contradict each other, or that leak across a split
correlation           columns that go together, by Spearman's rank correlation
outliers              frames and subjects unlike the rest
domain, domain_card   out-of-distribution detection: how far a frame lies from a model's training frames
"""
