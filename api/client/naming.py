"""How accounts are named."""

from api.client.transport import Transport
from fleet.contracts.naming import (
    AgreeIn,
    DeviationOut,
    DeviationQuery,
    NamedIn,
    NamingCheckOut,
    NamingCheckQuery,
    NamingRuleIn,
    NamingRuleOut,
    NamingRuleQuery,
    NamingSetOut,
    NamingShowQuery,
)
from fleet.contracts.wire import Page


class Naming(Transport):
    def naming_rules(self, query: NamingRuleQuery | None = None) -> Page[NamingRuleOut]:
        return self._get(Page[NamingRuleOut], "naming", "rules", query=query)

    def naming_rule(self, query: NamingShowQuery) -> NamingRuleOut:
        return self._get(NamingRuleOut, "naming", "rules", "in-force", query=query)

    def set_naming_rule(self, body: NamingRuleIn) -> NamingSetOut:
        return self._post(NamingSetOut, "naming", "rules", body=body)

    def check_name(self, query: NamingCheckQuery) -> NamingCheckOut:
        return self._get(NamingCheckOut, "naming", "check", query=query)

    def deviations(self, query: DeviationQuery | None = None) -> Page[DeviationOut]:
        return self._get(Page[DeviationOut], "naming", "deviations", query=query)

    def deviation(self, number: str) -> DeviationOut:
        return self._get(DeviationOut, "naming", "deviations", number)

    def agree_on_name(self, number: str, body: AgreeIn) -> DeviationOut:
        return self._post(DeviationOut, "naming", "deviations", number, "accept", body=body)

    def note_name_set(self, number: str, body: NamedIn) -> DeviationOut:
        """Note that a nickname was set; `picture` is the digest of what showed it."""
        return self._post(DeviationOut, "naming", "deviations", number, "done", body=body)
