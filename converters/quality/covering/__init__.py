"""How do few vectors stand for many? Clusters, nearest rows, core sets, twins, coverage. No torch, no texts."""
