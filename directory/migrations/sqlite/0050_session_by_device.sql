-- A device's own sessions, newest first.
CREATE INDEX session_by_device ON session (device, issued);
