// Keeps the page's files, so that it opens without a network after the first visit. A file that the server has anew
// replaces what was kept; it asks nobody but the page's own host.
const kept = "gatescope-@PROJECT_VERSION@";
const files = ["./", "index.html", "gatescope.js", "gatescope.wasm", "gatescope.data", "icon.svg", "manifest.webmanifest"];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(kept).then((cache) => cache.addAll(files)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names.filter((name) => name !== kept).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()));
});
self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET") return;
  event.respondWith((async () => {
    const cache = await caches.open(kept);
    try {
      const answer = await fetch(event.request);
      if (answer.ok) await cache.put(event.request, answer.clone());
      return answer;
    } catch (error) {
      const answer = await cache.match(event.request, {ignoreSearch: true});
      if (answer) return answer;
      throw error;
    }
  })());
});
