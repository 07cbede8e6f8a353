// The picture: what pods go through, what is in one, what travels, what is pointed out, and very many of them.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, withPage } from "./harness.mjs";
import { inTerminal, newFile, ready, replaceText, terminalSays } from "./workbench.mjs";

const work = "#/sandbox/classroom";
const pod = (page, name, state) => page.locator(`.rack .pod.${state}`, { hasText: name }).first();

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** Applies a manifest from the editor. */
async function apply(page, manifest, says) {
  await newFile(page, "Empty file");
  await replaceText(page, manifest);
  await page.keyboard.press("Control+Enter");
  await terminalSays(page, says);
}

const TWO = `apiVersion: v1
kind: Pod
metadata:
  name: two
spec:
  containers:
  - name: nginx
    image: nginx
    volumeMounts:
    - {name: scratch, mountPath: /scratch}
  - name: sidecar
    image: alicek106/rr-test:curl
    command: [tail, -f, /dev/null]
    volumeMounts:
    - {name: scratch, mountPath: /data}
  volumes:
  - name: scratch
    emptyDir: {}
`;

test("pods are born, pulled, started, fail, back off and terminate in sight", () =>
  withPage(browser, { hash: work }, async (page) => {
    await ready(page);
    await inTerminal(page, "kubectl run kubia --image=luksa/kubia", "pod/kubia created");
    await pod(page, "kubia", "is-make").waitFor();
    await page.locator(".rack .pod .prog").first().waitFor();
    await pod(page, "kubia", "is-run").waitFor({ timeout: 30_000 });
    await inTerminal(page, "kubectl run crash --image=busybox -- sh -c 'exit 3'", "pod/crash created");
    await page.getByRole("group", { name: "Speed" }).getByRole("button", { name: "×10", exact: true }).click();
    await page.locator(".rack .pod.is-fail", { hasText: "CrashLoopBackOff" }).waitFor({ timeout: 30_000 });
    await page.locator(".rack .pod.is-fail", { hasText: "next start in" }).waitFor({ timeout: 30_000 });
    await inTerminal(page, "kubectl run once --image=busybox --restart=Never -- true", "pod/once created");
    await pod(page, "once", "is-done").waitFor({ timeout: 30_000 });
    await page.getByRole("group", { name: "Speed" }).getByRole("button", { name: "×1", exact: true }).click();
    await inTerminal(page, "kubectl delete pod kubia --wait=false", "deleted");
    await pod(page, "kubia", "is-stop").waitFor();
    assert.match(await pod(page, "kubia", "is-stop").innerText(), /Terminating \d+s/);
  }));

test("a pod cut open: containers on one network band, the volumes they share, the pause container, requests and their answers", () =>
  withPage(browser, { hash: work }, async (page) => {
    await ready(page);
    await apply(page, TWO, "pod/two created");
    await inTerminal(page, "kubectl wait --for=condition=Ready pod/two", "condition met");
    const cut = page.locator(".cut");
    await cut.locator(".band__sock", { hasText: ":80" }).waitFor();
    assert.equal(await cut.locator(".band").count(), 1);
    assert.equal(await cut.locator(".box").count(), 2);
    assert.match(await cut.locator(".band").innerText(), /lo 127\.0\.0\.1[\s\S]*pause[\s\S]*eth0\s*10\./);
    assert.equal(await cut.locator(".drawer", { hasText: "scratch" }).count(), 1);
    assert.deepEqual(await cut.locator(".box__mounts").allInnerTexts(), ["/scratch", "/data"]);
    assert.match(await cut.locator(".box", { hasText: "nginx" }).first().locator(".box__procs").innerText(), /nginx: master process/);
    // A request over the loopback: from an ephemeral port to the listening one, and back.
    // It is drawn for a few seconds only.
    await Promise.all([
      cut.locator(".band__sock", { hasText: /^:[3-6]\d{4}$/ }).first().waitFor(),
      cut.locator(".parcel--back", { hasText: "200" }).waitFor(),
      inTerminal(page, "kubectl exec two -c sidecar -- curl -sI localhost", "200 OK"),
    ]);
    await Promise.all([
      cut.locator(".parcel--refused").waitFor(),
      inTerminal(page, "kubectl exec two -c sidecar -- curl -s localhost:81", "exit code 7"),
    ]);
    // From outside, over the rack.
    await inTerminal(page, "kubectl port-forward two 8888:80 &", "Forwarding from 127.0.0.1:8888");
    await Promise.all([
      page.locator(".sky .parcel, .cut .parcel").first().waitFor(),
      inTerminal(page, "curl -sI localhost:8888", "200 OK"),
    ]);
  }));

test("what found no place says why; labels are chips; namespaces filter; a selector lights up what it matches", () =>
  withPage(browser, { hash: work }, async (page) => {
    await ready(page);
    await apply(page, TWO.replace("name: two", "name: gpu").replace("spec:\n", "spec:\n  nodeSelector: {gpu: \"true\"}\n"), "pod/gpu created");
    await page.locator(".shelf .pod.is-wait", { hasText: /node/ }).waitFor();
    await inTerminal(page, "kubectl create deployment web --image=nginx --replicas=2", "created");
    await inTerminal(page, "kubectl create namespace other && kubectl run far --image=nginx -n other", "pod/far created");
    await page.locator(".rack .chip", { hasText: "app=web" }).first().waitFor();
    await page.getByLabel("Find by label selector").fill("app in (web)");
    await page.locator(".sel small", { hasText: "2 pods" }).waitFor();
    assert.equal(await page.locator(".rack .pod.is-lit").count(), 2);
    await page.getByLabel("Find by label selector").fill("app in (");
    await page.locator(".sel small", { hasText: "not a selector" }).waitFor();
    await page.getByRole("button", { name: "Clear the selector" }).click();
    await page.getByLabel("Namespace").selectOption({ label: "ns: other" });
    await page.waitForFunction(() => document.querySelectorAll(".rack .pod").length === 1);
    await page.getByLabel("Namespace").selectOption({ label: "ns: all" });
    await page.locator(".rack .pod", { hasText: "coredns" }).first().waitFor();
  }));

test("the inspector tells why, describes, lists events and logs", () =>
  withPage(browser, { hash: work }, async (page) => {
    await ready(page);
    await inTerminal(page, "kubectl run broken --image=nignx", "pod/broken created");
    await page.locator(".rack .pod.is-fail", { hasText: "broken" }).waitFor({ timeout: 30_000 });
    await page.locator(".rack [data-pod='default/broken']").focus();
    await page.keyboard.press("Enter");
    const inspector = page.locator(".insp");
    for (const [tab, says] of [["Why?", /nignx/], ["describe", /Name:\s+broken/], ["Events", /Failed/], ["YAML", /image: nignx/]]) {
      await inspector.getByRole("tab", { name: tab }).click();
      await inspector.locator(".insp__body", { hasText: says }).waitFor();
    }
  }));

test("a thousand pods are legible from afar", (t) =>
  withPage(browser, { hash: work }, async (page) => {
    await ready(page);
    const frames = () =>
      page.evaluate(
        () =>
          new Promise((done) => {
            const list = [];
            let last = performance.now();
            const look = (now) => {
              list.push(now - last);
              last = now;
              if (list.length < 60) requestAnimationFrame(look);
              else done(list.slice(5).sort((a, b) => a - b)[27]);
            };
            requestAnimationFrame(look);
          }),
      );
    const alone = await frames();
    for (const node of [1, 2, 3]) await inTerminal(page, `kubectl patch node node-${node} --subresource=status -p '{"status":{"capacity":{"pods":"500"},"allocatable":{"pods":"500"}}}'`, "patched");
    await inTerminal(page, "kubectl create deployment many --image=nginx --replicas=1000", "created");
    await page.locator(".bay--dots").first().waitFor();
    await page.waitForFunction(() => document.querySelectorAll(".rack .pod").length > 900, null, { timeout: 60_000 });
    const among = await frames();
    t.diagnostic(`a frame takes ${among.toFixed()} ms among a thousand pods, ${alone.toFixed()} ms alone`);
    const size = await page.locator(".rack .pod").first().boundingBox();
    assert.ok(size.width >= 6 && size.height >= 6, "each is still to be seen");
  }));
