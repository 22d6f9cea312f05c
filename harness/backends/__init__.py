"""The two platforms behind one seam. Official clients only; pure translation apart from the calls."""
