"""The chain: understand, gather, answer, refine, guard, decide, deliver. One file a stage; `turn.py` is the picture."""
