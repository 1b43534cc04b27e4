"""How well the series' definitions match labelled stories, what they take of a real week, how fast."""

import argparse
import gzip
import sys

