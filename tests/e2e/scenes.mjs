// The screens of the page that screenshots are taken of, and how a person gets there.
import { started } from "./harness.mjs";
import { inTerminal, newFile, ready, replaceText, terminalShows, type } from "./workbench.mjs";

const sandbox = "#/sandbox/classroom";

/** A phone shows one pane at a time. */
async function pane(page, number) {
  if (await page.locator(".tabbar").isVisible()) await page.locator(".tabbar button").nth(number).click();
}
const showPicture = (page) => pane(page, 1);
/** Where the editor and the terminal share a place, the bar of the one in front leads to the other. */
async function leave(page, pane) {
  const other = page.locator(`.pane--${pane} .front-switch:visible`);
  if (await other.count()) await other.click();
}
const showEditor = async (page) => {
  await pane(page, 2);
  await leave(page, "term");
};
const showTime = (page) => pane(page, 3);

/** In the terminal some keys are the shell's. */
async function outOfTheTerminal(page) {
  await showPicture(page);
  await page.locator(".pane--pic").focus();
}

/** Has a lesson's step solved, and goes on to the next. */
async function showMe(page) {
  const guess = page.locator(".question--predict.is-open button").first();
  if (await guess.count()) await guess.click();
  await page.locator(".foot-row .menu-button").click();
  await page.locator(".menu-place .menu__item").first().click();
  await page.locator(".lesson__foot .btn--go").click({ timeout: 90_000 });
  await page.waitForTimeout(300); // until it is drawn
}

const busy = async (page) => {
  await ready(page);
  await inTerminal(page, "kubectl create deployment web --image=nginx --replicas=3", "created");
  await inTerminal(page, "kubectl run broken --image=nignx", "pod/broken created");
  await inTerminal(page, "kubectl wait --for=condition=Available deployment/web", "condition met");
};

const TWO = `apiVersion: v1
kind: Pod
metadata:
  name: two
  labels: { app: two }
spec:
  volumes: [{ name: scratch, emptyDir: {} }]
  initContainers:
  - name: prepare
    image: busybox
    command: [sh, -c, "date > /work/when"]
    volumeMounts: [{ name: scratch, mountPath: /work }]
  containers:
  - name: web
    image: nginx
    ports: [{ containerPort: 80 }]
    volumeMounts: [{ name: scratch, mountPath: /usr/share/nginx/html }]
    readinessProbe: { httpGet: { path: /when, port: 80 }, periodSeconds: 5 }
  - name: helper
    image: curlimages/curl
    command: [sh, -c, "while sleep 3; do curl -s localhost/when; done"]
    volumeMounts: [{ name: scratch, mountPath: /data }]
---
apiVersion: v1
kind: Pod
metadata: { name: huge }
spec:
  containers:
  - { name: main, image: nginx, resources: { requests: { cpu: "64" } } }
`;

const WRONG = `apiVersion: v1
kind: Pod
metadata:
  name: Kubia
spec:
  containers:
  - name: kubia
    img: luksa/kubia
    ports:
    - containerPort: "8080"
`;

/** Each has an address, a way to prepare it and, if something lies over the bar with the switches, how to leave and open it. */
export const SCENES = {
  home: { hash: "", prepare: started },
  lesson: {
    hash: "#/learn/first-pod",
    prepare: async (page) => {
      await ready(page);
      await inTerminal(page, "kubectl run kubia --image=luksa/kubia --port=8080", "pod/kubia created");
      await inTerminal(page, "kubectl wait --for=condition=Ready pod/kubia", "condition met");
      await inTerminal(page, "kubectl get pods -o wide", "1/1 Running");
    },
  },
  sandbox: {
    hash: "#/sandbox/classroom",
    prepare: async (page) => {
      await ready(page);
      await inTerminal(page, "kubectl create deployment web --image=nginx --replicas=3", "created");
      await inTerminal(page, "kubectl run broken --image=nignx", "pod/broken created");
      await inTerminal(page, "kubectl wait --for=condition=Available deployment/web", "condition met");
      await inTerminal(page, "kubectl get pods", "1/1 Running");
    },
  },
  owners: {
    hash: sandbox,
    prepare: async (page) => {
      await busy(page);
      await showPicture(page);
      await page.locator(".pic__tool").nth(0).click();
    },
  },
  backstage: {
    hash: sandbox,
    prepare: async (page) => {
      await busy(page);
      await showPicture(page);
      await page.locator(".pic__tool").nth(1).click();
      await page.locator(".backstage select").selectOption({ label: "kubectl create deployment web --image=nginx --replicas=3" });
    },
  },
  menu: {
    hash: sandbox,
    prepare: async (page) => {
      await busy(page);
      await showPicture(page);
      await page.locator(".pic__tool").nth(2).click();
      await page.locator(".popup [role=menuitem]").first().click();
      await page.locator(".pic__tool").nth(2).click();
    },
    // The open menu covers the bar that switches theme and language.
    before: (page) => page.keyboard.press("Escape"),
    after: (page) => page.locator(".pic__tool").nth(2).click(),
  },
  past: {
    hash: sandbox,
    prepare: async (page) => {
      await busy(page);
      await showTime(page);
      await page.locator(".score__slider").focus();
      await page.keyboard.press("PageDown");
      await page.locator(".past").waitFor();
    },
  },
  inspector: {
    hash: sandbox,
    prepare: async (page) => {
      await busy(page);
      await showPicture(page);
      await page.locator("[data-pod='default/broken']").click();
      await page.keyboard.press("Enter");
      await page.locator(".insp").waitFor();
    },
  },
  pod: {
    hash: sandbox,
    prepare: async (page) => {
      await ready(page);
      await showEditor(page);
      await newFile(page, "Empty file");
      await replaceText(page, TWO);
      await page.keyboard.press("Control+Enter");
      await pane(page, 0);
      await leave(page, "edit");
      await terminalShows(page, "pod/huge created");
      await inTerminal(page, "kubectl wait --for=condition=Ready pod/two", "condition met");
      await showPicture(page);
      await page.locator("[data-pod='default/two']").click();
    },
  },
  editor: {
    hash: sandbox,
    prepare: async (page) => {
      await ready(page);
      await showEditor(page);
      await newFile(page, "Pod");
      await replaceText(page, WRONG);
      await page.locator(".cm-lintRange-error, .cm-lint-marker-error").first().waitFor();
    },
  },
  palette: {
    hash: sandbox,
    prepare: busy,
    before: (page) => page.keyboard.press("Escape"),
    after: async (page) => {
      await outOfTheTerminal(page);
      await page.keyboard.press("Control+k");
      await page.keyboard.type("web");
    },
  },
  shortcuts: {
    hash: sandbox,
    prepare: busy,
    before: (page) => page.keyboard.press("Escape"),
    after: async (page) => {
      await outOfTheTerminal(page);
      await page.keyboard.press("?");
    },
  },
  compare: {
    hash: sandbox,
    prepare: async (page) => {
      await busy(page);
      await inTerminal(page, "kubectl label pod broken tier=front", "labeled");
      await showTime(page);
      await page.locator(".time__more .btn").last().click();
      await page.getByRole("dialog").waitFor();
    },
    before: (page) => page.keyboard.press("Escape"),
    after: (page) => page.locator(".time__more .btn").last().click(),
  },
  mistake: {
    hash: "#/learn/first-pod",
    prepare: async (page) => {
      await ready(page);
      await inTerminal(page, "kubectl run luksa --image=luksa/kubia", "pod/luksa created");
      await page.locator(".lesson__foot .btn, .task .btn").filter({ hasText: /0\/2/ }).first().click();
    },
  },
  question: {
    hash: "#/learn/deleting",
    prepare: ready,
    after: (page) => page.locator(".pane--lesson .question").first().scrollIntoViewIfNeeded(),
  },
  figure: {
    hash: "#/learn/shared-volume",
    prepare: async (page) => {
      await ready(page);
      const figure = page.locator(".pane--lesson .fig").first();
      for (let step = 0; step < 3 && !(await figure.count()); step += 1) await showMe(page);
    },
    after: (page) => page.locator(".pane--lesson .fig").first().scrollIntoViewIfNeeded(),
  },
  exam: { hash: "#/learn/capstone", prepare: ready },
  thousand: {
    hash: sandbox,
    prepare: async (page) => {
      await ready(page);
      for (const node of [1, 2, 3]) {
        await type(page, `kubectl patch node node-${node} --subresource=status -p '{"status":{"capacity":{"pods":"500"},"allocatable":{"pods":"500"}}}'`);
        await terminalShows(page, new RegExp(`node-${node} patched`));
      }
      await inTerminal(page, "kubectl create deployment many --image=nginx --replicas=1000", "created");
      await showPicture(page);
      await page.waitForFunction(() => document.querySelectorAll(".rack .pod").length > 900, null, { timeout: 90_000 });
    },
  },
};

