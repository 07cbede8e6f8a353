//! `kubectl describe`: one file per kind. Models kubectl/pkg/describe/describe.go.
