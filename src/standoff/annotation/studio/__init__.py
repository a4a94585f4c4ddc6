"""Label Studio: its server, its accounts, its labeling configs and its JSON, which no other room knows."""
