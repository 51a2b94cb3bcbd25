// Draws a plan when its place on the page is opened. Every drawing has a frame of its own, because pev2's styles are for a
// whole page. Without scripts, and in print, the plan's outline is shown instead.
(() => {
  const unpack = async name => {
    const packed = Uint8Array.from(atob(document.getElementById("pgassay-" + name).content.textContent), c => c.charCodeAt(0));
    return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  };
  // pev2 shows some of a plan's texts as markup. A "<" begins a tag only right before a letter, "/", "!" or "?": something
  // that nobody sees is put between. The page's policy would not let a script of theirs run anyway.
  const tagless = text => text.replace(/<(?=[a-z/!?])/gi, "<\u2060");
  let unpacked;
  const files = () => unpacked ||= Promise.all(["bootstrap.css", "pev2.css", "vue.js", "pev2.js"].map(unpack));
  const dark = matchMedia("(prefers-color-scheme: dark)");

  const fill = async (frame, plan) => {
    const page = frame.contentDocument, inside = frame.contentWindow;
    const theme = () => page.documentElement.setAttribute("data-bs-theme", dark.matches ? "dark" : "light");
    theme();
    dark.addEventListener("change", theme);
    const [bootstrap, pev2, ...scripts] = await files();
    for (const text of [bootstrap, pev2, ".d-flex.flex-column > .d-flex { flex-wrap: wrap }"]) {
      page.head.appendChild(page.createElement("style")).textContent = text;
    }
    for (const text of scripts) {
      page.head.appendChild(page.createElement("script")).textContent = text;
    }
    const root = page.body.appendChild(page.createElement("div"));
    root.className = "d-flex flex-column vh-100";
    const { createApp, h } = inside.Vue;
    const planSource = tagless(JSON.stringify(JSON.parse(plan.dataset.plan))), planQuery = tagless(plan.dataset.query);
    createApp({ render: () => h(inside.pev2.Plan, { planSource, planQuery }) }).mount(root);
    plan.classList.add("drawn");
  };

  const draw = plan => {
    if (!plan.open || plan.querySelector("iframe") || !("DecompressionStream" in window)) return;
    const frame = document.createElement("iframe");
    frame.title = plan.querySelector("summary").textContent;
    frame.srcdoc = "<!DOCTYPE html><html lang=en><head><meta charset=utf-8></head><body></body></html>";
    frame.addEventListener("load", () => fill(frame, plan), { once: true });
    plan.querySelector(".drawing").append(frame);
  };

  const plans = [...document.querySelectorAll("details.plan")];
  for (const plan of plans) {
    plan.addEventListener("toggle", () => draw(plan));
    draw(plan);
  }
  const follow = () => {
    const plan = location.hash && document.getElementById(location.hash.slice(1));
    if (plan) plan.open = true;
  };
  addEventListener("hashchange", follow);
  follow();

  let closed = [];
  addEventListener("beforeprint", () => { closed = plans.filter(p => !p.open); closed.forEach(p => { p.open = true; }); });
  addEventListener("afterprint", () => { closed.forEach(p => { p.open = false; }); });
})();
