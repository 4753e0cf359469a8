-- What each watched rule did among sites known before: rule -> [version, passing, failing, to fail, gone, lost].
ALTER TABLE run ADD COLUMN rates TEXT;
