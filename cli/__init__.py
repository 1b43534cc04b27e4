"""The console command `serieswatch`, the embedded servers, and the replay of recorded feeds."""
