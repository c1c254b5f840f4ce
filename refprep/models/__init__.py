"""Pure data: what sources, media, limits, requests, findings, steps, plans and bundles are."""
