"""The editors' desk: server-rendered pages over the store's rows. It needs no broker."""
