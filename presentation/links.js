// Clicks on links marked data-page stay inside the app; new tabs, copied addresses and keyboards work as for any link.
const title = () => document.querySelector("h1");
const focusTitle = () => title()?.focus();

// A page that was loaded would be read from its top: the title of the new page takes the focus once it is all there.
function focusNextTitle() {
  const app = document.querySelector("[data-testid=stApp]");
  const settled = () => app.dataset.testScriptState === "notRunning";
  let hasRun = false;
  let wait;
  const look = () => {
    clearTimeout(wait);
    hasRun ||= !settled();
    if (hasRun && settled() && title()) wait = setTimeout(finish, 100);
  };
  const watch = new MutationObserver(look);
  const finish = () => {
    watch.disconnect();
    focusTitle();
  };
  watch.observe(app, { attributes: true, childList: true, subtree: true });
}

export default function ({ setTriggerValue }) {
  const follow = (event) => {
    const link = event.target.closest?.("a[data-page], a[data-skip]");
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!link || !plain || event.defaultPrevented) return;
    event.preventDefault();
    if (link.matches("[data-skip]")) return focusTitle();
    focusNextTitle();
    setTriggerValue("go", link.getAttribute("href"));
    document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0); // Streamlit keeps the place within one page
  };
  document.addEventListener("click", follow);
  return () => document.removeEventListener("click", follow);
}
