// Rooms of read models.
