"""The demo: fixtures into the store, the main job once, and the processes of a running shop."""
