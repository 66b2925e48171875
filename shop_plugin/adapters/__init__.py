"""Host shops and file formats: a file each, or a room where it takes more than one."""
