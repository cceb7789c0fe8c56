"""The playbook: one YAML file an intent, written for support leads to read and edit, and its loader."""
