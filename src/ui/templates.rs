//! What a new file starts from.
use super::i18n::Key;

/// A template of the new-file menu.
#[derive(Debug, PartialEq, Eq)]
pub struct Template {
    pub name: Key,
    /// Without `.yaml`.
    stem: &'static str,
    pub text: &'static str,
}

impl Template {
    /// A name that no file has yet: `pod.yaml`, `pod-2.yaml`, …
    pub fn free_path(&self, files: &[String]) -> String {
        let first = format!("{}.yaml", self.stem);
        let others = (2..).map(|number| format!("{}-{number}.yaml", self.stem));
        std::iter::once(first.clone()).chain(others).find(|path| !files.contains(path)).unwrap_or(first)
    }
}

/// All of them, in the order of the menu.
pub const TEMPLATES: &[Template] = &[
    Template { name: Key::NewPod, stem: "pod", text: POD },
    Template { name: Key::NewTwoContainers, stem: "two-containers", text: TWO_CONTAINERS },
    Template { name: Key::NewDeployment, stem: "deployment", text: DEPLOYMENT },
    Template { name: Key::NewService, stem: "service", text: SERVICE },
    Template { name: Key::NewNamespace, stem: "namespace", text: NAMESPACE },
    Template { name: Key::NewEmpty, stem: "untitled", text: "" },
];

const POD: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: kubia-manual
  labels:
    app: kubia
spec:
  containers:
  - name: kubia
    image: luksa/kubia
    ports:
    - containerPort: 8080
      protocol: TCP
";

const TWO_CONTAINERS: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: my-nginx-pod
  labels:
    app: nginx
spec:
  containers:
  - name: nginx
    image: nginx
    ports:
    - containerPort: 80
      protocol: TCP
  - name: sidecar
    image: alicek106/rr-test:curl
    command: [\"tail\"]
    args: [\"-f\", \"/dev/null\"]
";

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - name: nginx
        image: nginx
";

const SERVICE: &str = "\
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: web
  ports:
  - port: 80
    targetPort: 80
";

const NAMESPACE: &str = "\
apiVersion: v1
kind: Namespace
metadata:
  name: custom-namespace
";
