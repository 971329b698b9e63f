// What the relays of this life are called, so that the next one can tell to whom an interrupted attempt was to go.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "daemon/store/database.h"

namespace jobd::store {

class RelayNames {
 public:
  explicit RelayNames(Database& database);

  // By RelayId.
  std::vector<std::string> all();
  // In place of those that were there; nothing is written where they are the same.
  void replace(std::span<const std::string> names);

 private:
  Statement all_;
  Statement clear_;
  Statement add_;
};

}  // namespace jobd::store
