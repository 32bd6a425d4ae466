// @ts-check
// The search shows lines of the pages that it found, and fetches them for it, which a browser refuses on disk.
// @ts-ignore: the theme's own object, defined by the script before this one
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
