//! The card's driver: arena, rings, transports, request service.
