"""The elements and attributes that pages of a preview may have; whatever is not named here is refused."""

from __future__ import annotations

HTML, SVG, MATHML = (
    "http://www.w3.org/1999/xhtml", "http://www.w3.org/2000/svg", "http://www.w3.org/1998/Math/MathML",
)  # fmt: skip
XLINK_HREF, XML_LANG, XML_SPACE = (
    "{http://www.w3.org/1999/xlink}href", "{http://www.w3.org/XML/1998/namespace}lang",
    "{http://www.w3.org/XML/1998/namespace}space",
)  # fmt: skip

# Not here, on purpose: base, embed, frame, iframe, object, portal, template (what is in it is parsed apart), plaintext,
# xmp, noembed, noframes (text whose meaning depends on the browser), textarea, dialog, audio, video, picture, applet.
_HTML = """
html head title meta link style body script noscript a abbr address article aside b bdi bdo blockquote br button
caption cite code col colgroup data datalist dd del details dfn div dl dt em fieldset figcaption figure footer form
h1 h2 h3 h4 h5 h6 header hgroup hr i img input ins kbd label legend li main mark menu meter nav ol optgroup option
output p pre progress q rp rt ruby s samp search section select small span strong sub summary sup
table tbody td tfoot th thead time tr u ul var wbr
"""
# Not here: foreignObject, image, script, animations (they change addresses), filters that load pictures.
_SVG = """
svg g defs symbol use path line polyline polygon rect circle ellipse text tspan title desc clipPath mask marker
pattern linearGradient radialGradient stop style
"""
_MATHML = """
math mrow mi mn mo ms mtext mspace mfrac msqrt mroot mstyle merror mpadded mphantom msub msup msubsup munder mover
munderover mmultiscripts mprescripts none mtable mtr mtd menclose mfenced
"""
ELEMENTS = {
    HTML: frozenset(_HTML.split()), SVG: frozenset(_SVG.split()), MATHML: frozenset(_MATHML.split()),
}  # fmt: skip
TEXT_ONLY = frozenset({"title", "desc", "style"})  # of SVG: what is in them would be HTML again
# The attribute name of other elements hides parts of `document` from scripts.
NAMED = frozenset({"button", "details", "fieldset", "input", "meta", "output", "select"})

_ANY = """
class dir hidden id inert lang role style tabindex title translate spellcheck itemid itemprop itemref itemscope
itemtype
"""
_OF_HTML = """
a: href rel target download hreflang type
blockquote: cite
button: type disabled name value popovertarget popovertargetaction
col: span
colgroup: span
data: value
del: cite datetime
details: open name
fieldset: disabled form name
form: action method autocomplete
html: xmlns
img: src alt width height loading decoding fetchpriority align
input: type name value placeholder checked disabled max min step maxlength autocomplete autocapitalize autocorrect
  enterkeyhint inputmode list multiple pattern readonly required size accept form
ins: cite datetime
label: for
li: value
link: rel href type title sizes media hreflang as crossorigin fetchpriority integrity
meta: charset name property content http-equiv media
meter: value min max low high optimum
ol: start type reversed
optgroup: label disabled
option: value label selected disabled
output: for form name
progress: value max
q: cite
script: src type defer async nomodule crossorigin integrity fetchpriority
select: name disabled multiple required size form
style: media scoped type
table: border
td: colspan rowspan headers align valign
th: colspan rowspan headers scope abbr align valign
time: datetime
tr: align valign
"""
_OF_SVG = """
xmlns viewBox version preserveAspectRatio width height x y x1 x2 y1 y2 cx cy r rx ry dx dy d points transform href
fill fill-opacity fill-rule stroke stroke-width stroke-linecap stroke-linejoin stroke-opacity stroke-dasharray
stroke-dashoffset stroke-miterlimit vector-effect opacity display visibility color clip-path clip-rule clipPathUnits
mask maskUnits maskContentUnits marker-start marker-mid marker-end markerWidth markerHeight markerUnits refX refY
orient patternUnits patternContentUnits patternTransform gradientUnits gradientTransform spreadMethod fx fy offset
stop-color stop-opacity text-anchor dominant-baseline alignment-baseline font-family font-size font-style
font-weight letter-spacing textLength lengthAdjust rotate focusable shape-rendering text-rendering image-rendering
overflow paint-order pathLength type media
"""
_OF_MATHML = """
xmlns display displaystyle scriptlevel mathvariant mathsize mathcolor mathbackground stretchy fence separator form
lspace rspace symmetric maxsize minsize largeop movablelimits accent accentunder linethickness bevelled width height
depth voffset columnalign rowalign columnspan rowspan columnspacing rowspacing columnlines rowlines frame
framespacing open close separators notation subscriptshift superscriptshift align alttext
"""
_GLOBAL = frozenset(_ANY.split())
_ATTRIBUTES = {
    name: frozenset(names.split())
    for name, _, names in (line.partition(":") for line in _OF_HTML.replace("\n  ", " ").strip().split("\n"))
}
_FOREIGN = {
    SVG: frozenset(_OF_SVG.split()) | {XLINK_HREF, XML_LANG, XML_SPACE}, MATHML: frozenset(_OF_MATHML.split()),
}  # fmt: skip
LISTENING = "on"  # how the names of attributes begin that are scripts
_INPUTS = """
button checkbox color date file hidden month number radio range reset search submit text
"""
INPUTS = frozenset(_INPUTS.split())
_RELATIONS = """
alternate apple-touch-icon author canonical cite-as copyright describedby genindex help icon index item license
linkset manifest mask-icon me modulepreload next preload prev search shortcut stylesheet top type up
"""
RELATIONS = frozenset(_RELATIONS.split())
_LOADED_RELATIONS = """
apple-touch-icon icon manifest mask-icon modulepreload preload shortcut stylesheet
"""
LOADED_RELATIONS = frozenset(_LOADED_RELATIONS.split())


def may_have(namespace: str, element: str, attribute: str) -> bool:
    """Tell whether an element may have an attribute, as the parser names them."""
    if attribute.startswith(("data-", "aria-")) or attribute in _GLOBAL:
        return True
    if namespace == HTML:
        return attribute in _ATTRIBUTES.get(element, ())
    return attribute in _FOREIGN[namespace]
