// Clicks on links marked data-page stay inside the app; new tabs, copied addresses and keyboards work as for any link.
const title = () => document.querySelector("h1");
const focusTitle = () => title()?.focus();
let clicks = 0;
let stopWatching = () => {}; // for the page that was asked for last

// A page that was loaded would be read from its top: the title of the new page takes the focus once it is all there.
// Its head bears the number of the click it answers: until then an earlier page may still be on its way.
function focusTitleOfTheAnswer() {
  const app = document.querySelector("[data-testid=stApp]");
  const isThere = () =>
    app.dataset.testScriptState === "notRunning" && document.querySelector(`header.head[data-answers="${clicks}"]`);
  let wait;
  const look = () => {
    clearTimeout(wait);
    if (isThere()) wait = setTimeout(finish, 100);
  };
  const watch = new MutationObserver(look);
  const finish = () => {
    stopWatching();
    focusTitle();
  };
  stopWatching();
  stopWatching = () => {
    watch.disconnect();
    clearTimeout(wait);
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
    clicks += 1;
    focusTitleOfTheAnswer();
    setTriggerValue("go", { to: link.getAttribute("href"), click: clicks });
    document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0); // Streamlit keeps the place within one page
  };
  document.addEventListener("click", follow);
  return () => document.removeEventListener("click", follow);
}
