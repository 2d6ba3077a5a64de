"""The engine of `convert`: chunks of records to rows of files, in order, in bounded memory."""
