// The lanes there ever were: a rule's words and the id that its jobs carry.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "daemon/core/lane_rules.h"
#include "daemon/store/database.h"

namespace jobd::store {

class RuleTable {
 public:
  explicit RuleTable(Database& database);

  // By id.
  std::vector<LaneRule> all();
  // Nothing for one that is known. Ids only ever go up; nothing is deleted.
  void add(const std::string& rule);

 private:
  Statement all_;
  Statement add_;
};

}  // namespace jobd::store
