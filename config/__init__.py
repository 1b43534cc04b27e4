"""Settings, the timetable, logging, and the data files that operators and editors change."""
