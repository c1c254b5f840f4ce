"""The packer: prepared files in their slots, the body to POST, the manifest, and reading them."""
