"""Host shops and file formats, one file each."""
