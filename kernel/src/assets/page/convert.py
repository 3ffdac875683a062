"""Runs nbconvert. Where it embeds pictures, it takes every HTML tag of a text for a document of its own and closes it: `<details>`
would end before what it folds away. Here only tags that have a picture are touched."""

from nbconvert.filters.markdown_mistune import IPythonRenderer
from nbconvert.nbconvertapp import main

embed = IPythonRenderer._html_embed_images
IPythonRenderer._html_embed_images = lambda renderer, html: embed(renderer, html) if "<img" in html else html
main()
