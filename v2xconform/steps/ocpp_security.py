"""The sentences of OCPP blocks A and M: TLS, passwords, certificates, network profiles."""
