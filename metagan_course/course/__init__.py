"""What keeps the course running: commands, doctor, notebooks, map, pictures. Nothing here is taught."""
