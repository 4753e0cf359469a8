-- Item states hold the newest answers; the program folds every item anew when it finds an older file.
SELECT 1;
