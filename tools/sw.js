// The service worker: keeps the page for offline use. tools/postbuild.mjs fills in the two constants.
//
// The page itself comes from the network when there is one, so that a new version shows at the next load; everything
// else has a content hash in its name and comes from the cache. An old version's files go when no tab uses it any more.
const VERSION = "@VERSION@";
const PRECACHE = ["@PRECACHE@"];
const PREFIX = `podground ${self.registration.scope} `;
const CACHE = PREFIX + VERSION;

self.addEventListener("install", (event) => {
  const requests = PRECACHE.map((path) => new Request(path, { cache: path.includes("-") ? "default" : "reload" }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(requests)));
});

self.addEventListener("activate", (event) => {
  const forget = async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith(PREFIX) && name !== CACHE) await caches.delete(name);
    }
    await self.clients.claim();
  };
  event.waitUntil(forget());
});

const cached = async (request) => (await caches.open(CACHE)).match(request, { ignoreSearch: true, ignoreVary: true });

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(self.registration.scope)) return;
  const page = request.mode === "navigate";
  event.respondWith(
    (async () => {
      if (page) return fetch(request).catch(async () => (await cached("./")) ?? Response.error());
      return (await cached(request)) ?? fetch(request);
    })(),
  );
});
