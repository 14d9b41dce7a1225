"""The data as REST resources under `/api/` (contract, section 6): serializers and viewsets, above the apps."""
