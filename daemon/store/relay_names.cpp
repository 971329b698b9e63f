#include "daemon/store/relay_names.h"

#include <algorithm>
#include <cstdint>

namespace jobd::store {

RelayNames::RelayNames(Database& database)
    : all_(database, "SELECT name FROM relay ORDER BY id"),
      clear_(database, "DELETE FROM relay"),
      add_(database, "INSERT INTO relay(id, name) VALUES (?, ?)") {}

std::vector<std::string> RelayNames::all() {
  std::vector<std::string> names;
  Cursor row = all_.query();
  while (row.next()) names.emplace_back(row.bytes(0));
  return names;
}

void RelayNames::replace(std::span<const std::string> names) {
  if (std::ranges::equal(all(), names)) return;
  clear_.run();
  for (std::int64_t id = 0; const std::string& name : names) add_.run(id++, std::string_view(name));
}

}  // namespace jobd::store
