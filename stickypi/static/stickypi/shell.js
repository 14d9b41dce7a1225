// Before anything else of a page: its colours, a notice where a script does not load, and what Alpine's CSP build needs.
"use strict";

// The theme keeps the choice in this place. Without this, a dark page would flash white until Alpine has started.
function showChosenTheme() {
  const chosen = (localStorage.getItem("_x_adminTheme") ?? "").replaceAll('"', "");
  const isDark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.classList.add("has-scripts", isDark ? "dark" : "light");
}
showChosenTheme();

/** @param {Event} event */
function sayWhatDidNotLoad({ target }) {
  if (!(target instanceof HTMLScriptElement || target instanceof HTMLLinkElement)) return;
  document.addEventListener("DOMContentLoaded", showFailure);
  if (document.readyState !== "loading") showFailure();
}

function showFailure() {
  const notice = document.getElementById("script-failure");
  if (notice) notice.hidden = false;
}
addEventListener("error", sayWhatDidNotLoad, true);

// Expressions of the theme's templates name these; Alpine's CSP build, which compiles no code, knows no globals.
document.addEventListener("alpine:init", () => {
  const { Alpine, theme: themeData, searchForm, getCurrentTab } = /** @type {any} */ (window);
  Alpine.data("theme", themeData);
  Alpine.data("searchForm", searchForm);
  Alpine.data("shell", (/** @type {string} */ firstTab) => ({
    activeTab: getCurrentTab() ?? firstTab,
    sidebarMobileOpen: false,
    sidebarDesktopOpen: localStorage.getItem("sidebarDesktopOpen") !== "0",
    window: { location: { pathname: location.pathname, search: location.search } },
    init() {
      /** @type {any} */ (this).$watch("sidebarDesktopOpen", (/** @type {boolean} */ isOpen) =>
        localStorage.setItem("sidebarDesktopOpen", isOpen ? "1" : "0"),
      );
    },
  }));
});
