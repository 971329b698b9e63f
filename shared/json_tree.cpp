#include "shared/json_tree.h"

#include "shared/limits.h"

namespace jobd {

bool JsonTree::open(Json empty) {
  if (is_full()) return false;
  if (stack_.size() == limits::kJsonDepth) {
    return fail("nested deeper than " + std::to_string(limits::kJsonDepth) + " levels");
  }
  stack_.push_back(place(std::move(empty)));
  return true;
}

bool JsonTree::close() {
  stack_.pop_back();
  return true;
}

bool JsonTree::key(std::string name) {
  const auto [member, added] = stack_.back()->get_ref<Json::object_t&>().try_emplace(std::move(name), nullptr);
  slot_ = &member->second;
  return added || fail("duplicate key \"" + member->first.substr(0, 64) + "\"");
}

bool JsonTree::fail(std::string problem) {
  problem_ = std::move(problem);
  return false;
}

bool JsonTree::is_full() {
  return values_ == limits::kJsonValues && !fail("more than " + std::to_string(limits::kJsonValues) + " values");
}

Json* JsonTree::place(Json value) {
  ++values_;
  if (stack_.empty()) {
    root_ = std::move(value);
    return &root_;
  }
  Json& parent = *stack_.back();
  if (parent.is_array()) {
    parent.get_ref<Json::array_t&>().push_back(std::move(value));
    return &parent.back();
  }
  *slot_ = std::move(value);
  return slot_;
}

}  // namespace jobd
