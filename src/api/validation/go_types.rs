//! The Go structs that error messages show as JSON, field by field in Go's order.
//! Models `pkg/apis/core/types.go` (internal types have no JSON names) and metav1's `types.go`.

use super::go_json::{Field, Struct, Type};

macro_rules! structs {
    ($( $(#[$doc:meta])* $name:ident { $( $go:literal $json:literal $ty:expr; )* } )*) => {
        $( $(#[$doc])* pub(super) static $name: Struct = Struct { fields: &[
            $( Field { go: $go, json: $json, ty: $ty, omit_empty: false }, )*
        ] }; )*
    };
}

macro_rules! tagged {
    ($( $name:ident { $( $json:literal $ty:expr, $omit:literal; )* } )*) => {
        $( pub(super) static $name: Struct = Struct { fields: &[
            $( Field { go: $json, json: $json, ty: $ty, omit_empty: $omit }, )*
        ] }; )*
    };
}

use Type::{Bool, List, Map, Number, Pointer, Quantity, Raw, Text};

const fn of(of: &'static Struct) -> Type {
    Type::Struct(of)
}

static TEXT: Type = Text;
static NUMBER: Type = Number;
static BOOL: Type = Bool;
static QUANTITY: Type = Quantity;

const TEXTS: Type = List(&TEXT);
const TEXT_OR_NIL: Type = Pointer(&TEXT);
const NUMBER_OR_NIL: Type = Pointer(&NUMBER);
const BOOL_OR_NIL: Type = Pointer(&BOOL);
const QUANTITIES: Type = Map(&QUANTITY);

macro_rules! list {
    ($name:ident) => {
        List(&Type::Struct(&$name))
    };
}
macro_rules! pointer {
    ($name:ident) => {
        Pointer(&Type::Struct(&$name))
    };
}

tagged! {
    LABEL_SELECTOR { "matchLabels" Map(&TEXT), true; "matchExpressions" list!(LABEL_SELECTOR_REQUIREMENT), true; }
    LABEL_SELECTOR_REQUIREMENT { "key" Text, false; "operator" Text, false; "values" TEXTS, true; }
    OWNER_REFERENCE {
        "apiVersion" Text, false; "kind" Text, false; "name" Text, false; "uid" Text, false;
        "controller" BOOL_OR_NIL, true; "blockOwnerDeletion" BOOL_OR_NIL, true;
    }
}

structs! {
    /// core.PodSpec
    POD_SPEC {
        "Volumes" "volumes" list!(VOLUME);
        "InitContainers" "initContainers" list!(CONTAINER);
        "Containers" "containers" list!(CONTAINER);
        "EphemeralContainers" "ephemeralContainers" list!(EPHEMERAL_CONTAINER);
        "RestartPolicy" "restartPolicy" Text;
        "TerminationGracePeriodSeconds" "terminationGracePeriodSeconds" NUMBER_OR_NIL;
        "ActiveDeadlineSeconds" "activeDeadlineSeconds" NUMBER_OR_NIL;
        "DNSPolicy" "dnsPolicy" Text;
        "NodeSelector" "nodeSelector" Map(&TEXT);
        "ServiceAccountName" "serviceAccountName" Text;
        "AutomountServiceAccountToken" "automountServiceAccountToken" BOOL_OR_NIL;
        "NodeName" "nodeName" Text;
        "SecurityContext" "securityContext" pointer!(POD_SECURITY_CONTEXT);
        "ImagePullSecrets" "imagePullSecrets" list!(LOCAL_OBJECT_REFERENCE);
        "Hostname" "hostname" Text;
        "Subdomain" "subdomain" Text;
        "SetHostnameAsFQDN" "setHostnameAsFQDN" BOOL_OR_NIL;
        "Affinity" "affinity" pointer!(AFFINITY);
        "SchedulerName" "schedulerName" Text;
        "Tolerations" "tolerations" list!(TOLERATION);
        "HostAliases" "hostAliases" list!(HOST_ALIAS);
        "PriorityClassName" "priorityClassName" Text;
        "Priority" "priority" NUMBER_OR_NIL;
        "PreemptionPolicy" "preemptionPolicy" TEXT_OR_NIL;
        "DNSConfig" "dnsConfig" pointer!(POD_DNS_CONFIG);
        "ReadinessGates" "readinessGates" list!(READINESS_GATE);
        "RuntimeClassName" "runtimeClassName" TEXT_OR_NIL;
        "Overhead" "overhead" QUANTITIES;
        "EnableServiceLinks" "enableServiceLinks" BOOL_OR_NIL;
        "TopologySpreadConstraints" "topologySpreadConstraints" list!(TOPOLOGY_SPREAD_CONSTRAINT);
        "OS" "os" pointer!(NAME_ONLY);
        "SchedulingGates" "schedulingGates" list!(NAME_ONLY);
        "ResourceClaims" "resourceClaims" list!(POD_RESOURCE_CLAIM);
        "Resources" "resources" pointer!(RESOURCE_REQUIREMENTS);
        "HostnameOverride" "hostnameOverride" TEXT_OR_NIL;
        "SchedulingGroup" "schedulingGroup" pointer!(SCHEDULING_GROUP);
    }
    NAME_ONLY { "Name" "name" Text; }
    LOCAL_OBJECT_REFERENCE { "Name" "name" Text; }
    SCHEDULING_GROUP { "PodGroupName" "podGroupName" TEXT_OR_NIL; }
    POD_SECURITY_CONTEXT {
        "HostNetwork" "hostNetwork" Bool; "HostPID" "hostPID" Bool; "HostIPC" "hostIPC" Bool;
        "ShareProcessNamespace" "shareProcessNamespace" BOOL_OR_NIL; "HostUsers" "hostUsers" BOOL_OR_NIL;
        "SELinuxOptions" "seLinuxOptions" pointer!(SELINUX_OPTIONS);
        "WindowsOptions" "windowsOptions" pointer!(WINDOWS_OPTIONS);
        "RunAsUser" "runAsUser" NUMBER_OR_NIL; "RunAsGroup" "runAsGroup" NUMBER_OR_NIL; "RunAsNonRoot" "runAsNonRoot" BOOL_OR_NIL;
        "SupplementalGroups" "supplementalGroups" List(&NUMBER);
        "SupplementalGroupsPolicy" "supplementalGroupsPolicy" TEXT_OR_NIL;
        "FSGroup" "fsGroup" NUMBER_OR_NIL; "FSGroupChangePolicy" "fsGroupChangePolicy" TEXT_OR_NIL;
        "Sysctls" "sysctls" list!(NAME_VALUE);
        "SeccompProfile" "seccompProfile" pointer!(PROFILE); "AppArmorProfile" "appArmorProfile" pointer!(PROFILE);
        "SELinuxChangePolicy" "seLinuxChangePolicy" TEXT_OR_NIL;
    }
    NAME_VALUE { "Name" "name" Text; "Value" "value" Text; }
    SELINUX_OPTIONS { "User" "user" Text; "Role" "role" Text; "Type" "type" Text; "Level" "level" Text; }
    WINDOWS_OPTIONS {
        "GMSACredentialSpecName" "gmsaCredentialSpecName" TEXT_OR_NIL; "GMSACredentialSpec" "gmsaCredentialSpec" TEXT_OR_NIL;
        "RunAsUserName" "runAsUserName" TEXT_OR_NIL; "HostProcess" "hostProcess" BOOL_OR_NIL;
    }
    /// core.SeccompProfile and core.AppArmorProfile
    PROFILE { "Type" "type" Text; "LocalhostProfile" "localhostProfile" TEXT_OR_NIL; }
    /// core.SecurityContext
    SECURITY_CONTEXT {
        "Capabilities" "capabilities" pointer!(CAPABILITIES); "Privileged" "privileged" BOOL_OR_NIL;
        "SELinuxOptions" "seLinuxOptions" pointer!(SELINUX_OPTIONS);
        "WindowsOptions" "windowsOptions" pointer!(WINDOWS_OPTIONS);
        "RunAsUser" "runAsUser" NUMBER_OR_NIL; "RunAsGroup" "runAsGroup" NUMBER_OR_NIL; "RunAsNonRoot" "runAsNonRoot" BOOL_OR_NIL;
        "ReadOnlyRootFilesystem" "readOnlyRootFilesystem" BOOL_OR_NIL;
        "AllowPrivilegeEscalation" "allowPrivilegeEscalation" BOOL_OR_NIL; "ProcMount" "procMount" TEXT_OR_NIL;
        "SeccompProfile" "seccompProfile" pointer!(PROFILE); "AppArmorProfile" "appArmorProfile" pointer!(PROFILE);
    }
    CAPABILITIES { "Add" "add" TEXTS; "Drop" "drop" TEXTS; }
    AFFINITY {
        "NodeAffinity" "nodeAffinity" pointer!(NODE_AFFINITY); "PodAffinity" "podAffinity" pointer!(POD_AFFINITY);
        "PodAntiAffinity" "podAntiAffinity" pointer!(POD_AFFINITY);
    }
    NODE_AFFINITY {
        "RequiredDuringSchedulingIgnoredDuringExecution" "requiredDuringSchedulingIgnoredDuringExecution" pointer!(NODE_SELECTOR);
        "PreferredDuringSchedulingIgnoredDuringExecution" "preferredDuringSchedulingIgnoredDuringExecution" list!(PREFERRED_TERM);
    }
    NODE_SELECTOR { "NodeSelectorTerms" "nodeSelectorTerms" list!(NODE_SELECTOR_TERM); }
    PREFERRED_TERM { "Weight" "weight" Number; "Preference" "preference" of(&NODE_SELECTOR_TERM); }
    NODE_SELECTOR_TERM {
        "MatchExpressions" "matchExpressions" list!(NODE_SELECTOR_REQUIREMENT);
        "MatchFields" "matchFields" list!(NODE_SELECTOR_REQUIREMENT);
    }
    NODE_SELECTOR_REQUIREMENT { "Key" "key" Text; "Operator" "operator" Text; "Values" "values" TEXTS; }
    POD_AFFINITY {
        "RequiredDuringSchedulingIgnoredDuringExecution" "requiredDuringSchedulingIgnoredDuringExecution" list!(POD_AFFINITY_TERM);
        "PreferredDuringSchedulingIgnoredDuringExecution" "preferredDuringSchedulingIgnoredDuringExecution" list!(WEIGHTED_TERM);
    }
    WEIGHTED_TERM { "Weight" "weight" Number; "PodAffinityTerm" "podAffinityTerm" of(&POD_AFFINITY_TERM); }
    POD_AFFINITY_TERM {
        "LabelSelector" "labelSelector" pointer!(LABEL_SELECTOR); "Namespaces" "namespaces" TEXTS; "TopologyKey" "topologyKey" Text;
        "NamespaceSelector" "namespaceSelector" pointer!(LABEL_SELECTOR);
        "MatchLabelKeys" "matchLabelKeys" TEXTS; "MismatchLabelKeys" "mismatchLabelKeys" TEXTS;
    }
    TOLERATION {
        "Key" "key" Text; "Operator" "operator" Text; "Value" "value" Text; "Effect" "effect" Text;
        "TolerationSeconds" "tolerationSeconds" NUMBER_OR_NIL;
    }
    TAINT { "Key" "key" Text; "Value" "value" Text; "Effect" "effect" Text; "TimeAdded" "timeAdded" Raw; }
    HOST_ALIAS { "IP" "ip" Text; "Hostnames" "hostnames" TEXTS; }
    POD_DNS_CONFIG { "Nameservers" "nameservers" TEXTS; "Searches" "searches" TEXTS; "Options" "options" list!(DNS_OPTION); }
    DNS_OPTION { "Name" "name" Text; "Value" "value" TEXT_OR_NIL; }
    READINESS_GATE { "ConditionType" "conditionType" Text; }
    TOPOLOGY_SPREAD_CONSTRAINT {
        "MaxSkew" "maxSkew" Number; "TopologyKey" "topologyKey" Text; "WhenUnsatisfiable" "whenUnsatisfiable" Text;
        "LabelSelector" "labelSelector" pointer!(LABEL_SELECTOR); "MinDomains" "minDomains" NUMBER_OR_NIL;
        "NodeAffinityPolicy" "nodeAffinityPolicy" TEXT_OR_NIL; "NodeTaintsPolicy" "nodeTaintsPolicy" TEXT_OR_NIL;
        "MatchLabelKeys" "matchLabelKeys" TEXTS;
    }
    POD_RESOURCE_CLAIM {
        "Name" "name" Text; "ResourceClaimName" "resourceClaimName" TEXT_OR_NIL;
        "ResourceClaimTemplateName" "resourceClaimTemplateName" TEXT_OR_NIL;
    }
    RESOURCE_REQUIREMENTS { "Limits" "limits" QUANTITIES; "Requests" "requests" QUANTITIES; "Claims" "claims" list!(RESOURCE_CLAIM); }
    RESOURCE_CLAIM { "Name" "name" Text; "Request" "request" Text; }
    /// core.Container
    CONTAINER {
        "Name" "name" Text; "Image" "image" Text; "Command" "command" TEXTS; "Args" "args" TEXTS; "WorkingDir" "workingDir" Text;
        "Ports" "ports" list!(CONTAINER_PORT); "EnvFrom" "envFrom" list!(ENV_FROM); "Env" "env" list!(ENV_VAR);
        "Resources" "resources" of(&RESOURCE_REQUIREMENTS); "ResizePolicy" "resizePolicy" list!(RESIZE_POLICY);
        "RestartPolicy" "restartPolicy" TEXT_OR_NIL; "RestartPolicyRules" "restartPolicyRules" list!(RESTART_RULE);
        "VolumeMounts" "volumeMounts" list!(VOLUME_MOUNT); "VolumeDevices" "volumeDevices" list!(VOLUME_DEVICE);
        "LivenessProbe" "livenessProbe" pointer!(PROBE); "ReadinessProbe" "readinessProbe" pointer!(PROBE);
        "StartupProbe" "startupProbe" pointer!(PROBE); "Lifecycle" "lifecycle" pointer!(LIFECYCLE);
        "TerminationMessagePath" "terminationMessagePath" Text; "TerminationMessagePolicy" "terminationMessagePolicy" Text;
        "ImagePullPolicy" "imagePullPolicy" Text; "SecurityContext" "securityContext" pointer!(SECURITY_CONTEXT);
        "Stdin" "stdin" Bool; "StdinOnce" "stdinOnce" Bool; "TTY" "tty" Bool;
    }
    /// core.EphemeralContainer
    EPHEMERAL_CONTAINER {
        "Name" "name" Text; "Image" "image" Text; "Command" "command" TEXTS; "Args" "args" TEXTS; "WorkingDir" "workingDir" Text;
        "Ports" "ports" list!(CONTAINER_PORT); "EnvFrom" "envFrom" list!(ENV_FROM); "Env" "env" list!(ENV_VAR);
        "Resources" "resources" of(&RESOURCE_REQUIREMENTS); "ResizePolicy" "resizePolicy" list!(RESIZE_POLICY);
        "RestartPolicy" "restartPolicy" TEXT_OR_NIL; "RestartPolicyRules" "restartPolicyRules" list!(RESTART_RULE);
        "VolumeMounts" "volumeMounts" list!(VOLUME_MOUNT); "VolumeDevices" "volumeDevices" list!(VOLUME_DEVICE);
        "LivenessProbe" "livenessProbe" pointer!(PROBE); "ReadinessProbe" "readinessProbe" pointer!(PROBE);
        "StartupProbe" "startupProbe" pointer!(PROBE); "Lifecycle" "lifecycle" pointer!(LIFECYCLE);
        "TerminationMessagePath" "terminationMessagePath" Text; "TerminationMessagePolicy" "terminationMessagePolicy" Text;
        "ImagePullPolicy" "imagePullPolicy" Text; "SecurityContext" "securityContext" pointer!(SECURITY_CONTEXT);
        "Stdin" "stdin" Bool; "StdinOnce" "stdinOnce" Bool; "TTY" "tty" Bool; "TargetContainerName" "targetContainerName" Text;
    }
    CONTAINER_PORT {
        "Name" "name" Text; "HostPort" "hostPort" Number; "ContainerPort" "containerPort" Number; "Protocol" "protocol" Text;
        "HostIP" "hostIP" Text;
    }
    ENV_FROM {
        "Prefix" "prefix" Text; "ConfigMapRef" "configMapRef" pointer!(OPTIONAL_NAME); "SecretRef" "secretRef" pointer!(OPTIONAL_NAME);
    }
    OPTIONAL_NAME { "Name" "name" Text; "Optional" "optional" BOOL_OR_NIL; }
    ENV_VAR { "Name" "name" Text; "Value" "value" Text; "ValueFrom" "valueFrom" pointer!(ENV_VAR_SOURCE); }
    ENV_VAR_SOURCE {
        "FieldRef" "fieldRef" pointer!(FIELD_REF); "ResourceFieldRef" "resourceFieldRef" pointer!(RESOURCE_FIELD_REF);
        "ConfigMapKeyRef" "configMapKeyRef" pointer!(KEY_REF); "SecretKeyRef" "secretKeyRef" pointer!(KEY_REF);
        "FileKeyRef" "fileKeyRef" pointer!(FILE_KEY_REF);
    }
    FIELD_REF { "APIVersion" "apiVersion" Text; "FieldPath" "fieldPath" Text; }
    RESOURCE_FIELD_REF { "ContainerName" "containerName" Text; "Resource" "resource" Text; "Divisor" "divisor" Quantity; }
    KEY_REF { "Name" "name" Text; "Key" "key" Text; "Optional" "optional" BOOL_OR_NIL; }
    FILE_KEY_REF { "VolumeName" "volumeName" Text; "Path" "path" Text; "Key" "key" Text; "Optional" "optional" BOOL_OR_NIL; }
    RESIZE_POLICY { "ResourceName" "resourceName" Text; "RestartPolicy" "restartPolicy" Text; }
    RESTART_RULE { "Action" "action" Text; "ExitCodes" "exitCodes" pointer!(RESTART_RULE_EXIT_CODES); }
    RESTART_RULE_EXIT_CODES { "Operator" "operator" Text; "Values" "values" List(&NUMBER); }
    VOLUME_MOUNT {
        "Name" "name" Text; "ReadOnly" "readOnly" Bool; "RecursiveReadOnly" "recursiveReadOnly" TEXT_OR_NIL;
        "MountPath" "mountPath" Text; "SubPath" "subPath" Text; "MountPropagation" "mountPropagation" TEXT_OR_NIL;
        "SubPathExpr" "subPathExpr" Text;
    }
    VOLUME_DEVICE { "Name" "name" Text; "DevicePath" "devicePath" Text; }
    PROBE {
        "Exec" "exec" pointer!(EXEC); "HTTPGet" "httpGet" pointer!(HTTP_GET); "TCPSocket" "tcpSocket" pointer!(TCP_SOCKET);
        "GRPC" "grpc" pointer!(GRPC);
        "InitialDelaySeconds" "initialDelaySeconds" Number; "TimeoutSeconds" "timeoutSeconds" Number;
        "PeriodSeconds" "periodSeconds" Number; "SuccessThreshold" "successThreshold" Number;
        "FailureThreshold" "failureThreshold" Number; "TerminationGracePeriodSeconds" "terminationGracePeriodSeconds" NUMBER_OR_NIL;
    }
    EXEC { "Command" "command" TEXTS; }
    HTTP_GET {
        "Path" "path" Text; "Port" "port" Raw; "Host" "host" Text; "Scheme" "scheme" Text; "HTTPHeaders" "httpHeaders" list!(NAME_VALUE);
    }
    TCP_SOCKET { "Port" "port" Raw; "Host" "host" Text; }
    GRPC { "Port" "port" Number; "Service" "service" TEXT_OR_NIL; }
    LIFECYCLE {
        "PostStart" "postStart" pointer!(LIFECYCLE_HANDLER); "PreStop" "preStop" pointer!(LIFECYCLE_HANDLER);
        "StopSignal" "stopSignal" TEXT_OR_NIL;
    }
    LIFECYCLE_HANDLER {
        "Exec" "exec" pointer!(EXEC); "HTTPGet" "httpGet" pointer!(HTTP_GET); "TCPSocket" "tcpSocket" pointer!(TCP_SOCKET);
        "Sleep" "sleep" pointer!(SLEEP);
    }
    SLEEP { "Seconds" "seconds" Number; }
    /// core.Volume with its embedded VolumeSource
    VOLUME {
        "Name" "name" Text;
        "HostPath" "hostPath" pointer!(HOST_PATH); "EmptyDir" "emptyDir" pointer!(EMPTY_DIR);
        "GCEPersistentDisk" "gcePersistentDisk" Raw; "AWSElasticBlockStore" "awsElasticBlockStore" Raw; "GitRepo" "gitRepo" Raw;
        "Secret" "secret" pointer!(SECRET_VOLUME); "NFS" "nfs" pointer!(NFS); "ISCSI" "iscsi" Raw; "Glusterfs" "glusterfs" Raw;
        "PersistentVolumeClaim" "persistentVolumeClaim" pointer!(CLAIM_VOLUME); "RBD" "rbd" Raw; "Quobyte" "quobyte" Raw;
        "FlexVolume" "flexVolume" Raw; "Cinder" "cinder" Raw; "CephFS" "cephfs" Raw; "Flocker" "flocker" Raw;
        "DownwardAPI" "downwardAPI" pointer!(DOWNWARD_API_VOLUME); "FC" "fc" Raw; "AzureFile" "azureFile" Raw;
        "ConfigMap" "configMap" pointer!(CONFIG_MAP_VOLUME); "VsphereVolume" "vsphereVolume" Raw; "AzureDisk" "azureDisk" Raw;
        "PhotonPersistentDisk" "photonPersistentDisk" Raw; "Projected" "projected" pointer!(PROJECTED_VOLUME);
        "PortworxVolume" "portworxVolume" Raw; "ScaleIO" "scaleIO" Raw; "StorageOS" "storageos" Raw; "CSI" "csi" Raw;
        "Ephemeral" "ephemeral" Raw; "Image" "image" pointer!(IMAGE_VOLUME);
    }
    HOST_PATH { "Path" "path" Text; "Type" "type" TEXT_OR_NIL; }
    EMPTY_DIR { "Medium" "medium" Text; "SizeLimit" "sizeLimit" Pointer(&QUANTITY); }
    NFS { "Server" "server" Text; "Path" "path" Text; "ReadOnly" "readOnly" Bool; }
    CLAIM_VOLUME { "ClaimName" "claimName" Text; "ReadOnly" "readOnly" Bool; }
    SECRET_VOLUME {
        "SecretName" "secretName" Text; "Items" "items" list!(KEY_TO_PATH); "DefaultMode" "defaultMode" NUMBER_OR_NIL;
        "Optional" "optional" BOOL_OR_NIL;
    }
    CONFIG_MAP_VOLUME {
        "Name" "name" Text; "Items" "items" list!(KEY_TO_PATH); "DefaultMode" "defaultMode" NUMBER_OR_NIL;
        "Optional" "optional" BOOL_OR_NIL;
    }
    KEY_TO_PATH { "Key" "key" Text; "Path" "path" Text; "Mode" "mode" NUMBER_OR_NIL; }
    DOWNWARD_API_VOLUME { "Items" "items" list!(DOWNWARD_API_FILE); "DefaultMode" "defaultMode" NUMBER_OR_NIL; }
    DOWNWARD_API_FILE {
        "Path" "path" Text; "FieldRef" "fieldRef" pointer!(FIELD_REF); "ResourceFieldRef" "resourceFieldRef" pointer!(RESOURCE_FIELD_REF);
        "Mode" "mode" NUMBER_OR_NIL;
    }
    PROJECTED_VOLUME { "Sources" "sources" list!(VOLUME_PROJECTION); "DefaultMode" "defaultMode" NUMBER_OR_NIL; }
    VOLUME_PROJECTION {
        "Secret" "secret" pointer!(KEYS_PROJECTION); "DownwardAPI" "downwardAPI" pointer!(DOWNWARD_API_PROJECTION);
        "ConfigMap" "configMap" pointer!(KEYS_PROJECTION); "ServiceAccountToken" "serviceAccountToken" pointer!(TOKEN_PROJECTION);
        "ClusterTrustBundle" "clusterTrustBundle" pointer!(TRUST_BUNDLE_PROJECTION); "PodCertificate" "podCertificate" Raw;
    }
    KEYS_PROJECTION { "Name" "name" Text; "Items" "items" list!(KEY_TO_PATH); "Optional" "optional" BOOL_OR_NIL; }
    DOWNWARD_API_PROJECTION { "Items" "items" list!(DOWNWARD_API_FILE); }
    TOKEN_PROJECTION { "Audience" "audience" Text; "ExpirationSeconds" "expirationSeconds" Number; "Path" "path" Text; }
    TRUST_BUNDLE_PROJECTION {
        "Name" "name" TEXT_OR_NIL; "SignerName" "signerName" TEXT_OR_NIL; "LabelSelector" "labelSelector" pointer!(LABEL_SELECTOR);
        "Optional" "optional" BOOL_OR_NIL; "Path" "path" Text;
    }
    IMAGE_VOLUME { "Reference" "reference" Text; "PullPolicy" "pullPolicy" Text; }
    /// apps.DeploymentStrategy
    DEPLOYMENT_STRATEGY { "Type" "type" Text; "RollingUpdate" "rollingUpdate" pointer!(ROLLING_UPDATE); }
    ROLLING_UPDATE { "MaxUnavailable" "maxUnavailable" Raw; "MaxSurge" "maxSurge" Raw; }
    NODE_ADDRESS { "Type" "type" Text; "Address" "address" Text; }
    /// batch.PodFailurePolicy
    POD_FAILURE_POLICY { "Rules" "rules" list!(POD_FAILURE_POLICY_RULE); }
    POD_FAILURE_POLICY_RULE {
        "Action" "action" Text; "OnExitCodes" "onExitCodes" pointer!(ON_EXIT_CODES);
        "OnPodConditions" "onPodConditions" list!(ON_POD_CONDITION);
    }
    ON_EXIT_CODES { "ContainerName" "containerName" TEXT_OR_NIL; "Operator" "operator" Text; "Values" "values" List(&NUMBER); }
    ON_POD_CONDITION { "Type" "type" Text; "Status" "status" Text; }
    /// batch.SuccessPolicy
    SUCCESS_POLICY { "Rules" "rules" list!(SUCCESS_POLICY_RULE); }
    SUCCESS_POLICY_RULE { "SucceededIndexes" "succeededIndexes" TEXT_OR_NIL; "SucceededCount" "succeededCount" NUMBER_OR_NIL; }
    /// policy.PodDisruptionBudgetSpec
    DISRUPTION_BUDGET_SPEC {
        "MinAvailable" "minAvailable" Raw; "Selector" "selector" pointer!(LABEL_SELECTOR); "MaxUnavailable" "maxUnavailable" Raw;
        "UnhealthyPodEvictionPolicy" "unhealthyPodEvictionPolicy" TEXT_OR_NIL;
    }
    /// core.ScopeSelector
    SCOPE_SELECTOR { "MatchExpressions" "matchExpressions" list!(SCOPE_REQUIREMENT); }
    SCOPE_REQUIREMENT { "ScopeName" "scopeName" Text; "Operator" "operator" Text; "Values" "values" TEXTS; }
}
