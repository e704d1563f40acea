/* Loaded into a program under test by LD_PRELOAD; it has nothing to call. See CFaults.c. */
