"""Scores of a mask, of a presence verdict and of a whole model; no Keras, no Streamlit.

counts                pixels counted once; Dice, IoU, precision, recall, specificity, accuracy
surface               HD95, ASSD and NSD between two boundaries
presence              is there a nerve at all: AUC, ROC, presence threshold
thresholds            all of it at 256 thresholds in one pass, and the best threshold
calibration           reliability, ECE, Platt scaling
intervals             95 % intervals by a cluster bootstrap over subjects
significance          paired Wilcoxon tests with Holm's correction
frame, summary        one row a frame; the three headline figures of a table of rows
run, tables           a model over many frames; the curves and reliability behind its figures
baselines             what nothing anywhere (empty masks) and the average mask would score
"""
