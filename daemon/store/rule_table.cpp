#include "daemon/store/rule_table.h"

namespace jobd::store {

RuleTable::RuleTable(Database& database)
    : all_(database, "SELECT id, rule FROM lane ORDER BY id"),
      add_(database, "INSERT INTO lane(rule) VALUES (?) ON CONFLICT DO NOTHING") {}

std::vector<LaneRule> RuleTable::all() {
  std::vector<LaneRule> lanes;
  Cursor row = all_.query();
  while (row.next()) lanes.push_back({static_cast<LaneId>(row.integer(0)), std::string(row.bytes(1))});
  return lanes;
}

void RuleTable::add(const std::string& rule) {
  add_.run(std::string_view(rule));
}

}  // namespace jobd::store
