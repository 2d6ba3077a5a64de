"""Getting the data: what a source declares is listed, shown, fetched, verified and recorded in raw/<source>/."""
