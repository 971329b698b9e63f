// JsonTree: builds a Json from what a parser reads one after another, and stops at the first duplicate key, at too deep
// a nesting and at too many values. Each call is false for those; problem() then says what was wrong.
//
// Only shared/json*.cpp include this.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "shared/json.h"

namespace jobd {

class JsonTree {
 public:
  template <typename T>
  bool put(T&& value) {
    if (is_full()) return false;
    place(Json(std::forward<T>(value)));
    return true;
  }
  bool open(Json empty);  // an object or an array
  bool close();           // the one that was opened last
  bool key(std::string name);

  bool fail(std::string problem);
  const std::string& problem() const { return problem_; }
  Json take_root() { return std::move(root_); }

 private:
  bool is_full();
  Json* place(Json value);

  Json root_;
  std::vector<Json*> stack_;  // open containers; a parent does not grow while its child is open
  Json* slot_ = nullptr;      // the value of the key just read
  std::size_t values_ = 0;
  std::string problem_;
};

}  // namespace jobd
