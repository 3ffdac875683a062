# Settings of Sphinx for `ferrolab book`. The notebooks come executed; nothing is fetched while reading.
project = html_title = "TITLE"
extensions = ["myst_nb", "sphinx_copybutton", "sphinx_design", "sphinx-mathjax-offline"]
exclude_patterns = [".doctrees"]
suppress_warnings = ["mystnb.unknown_mime_type", "myst.header", "myst.xref_missing"]

nb_execution_mode = "off"
nb_merge_streams = True
nb_render_error_lexer = "myst-ansi"
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3

html_theme = "sphinx_book_theme"
html_theme_options = {
    "show_toc_level": 2,
    "show_prev_next": True,
    "use_fullscreen_button": False,
    "use_issues_button": False,
    "logo": {"text": html_title, "image_light": "_static/logo.svg", "image_dark": "_static/logo.svg"},
}
html_static_path = ["_static"]
html_css_files = ["style.css"]
html_favicon = "_static/logo.svg"
html_show_copyright = html_show_sphinx = html_copy_source = False
