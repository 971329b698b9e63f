// The words in which the OpenAPI document's schemas are said (JSON Schema 2020-12). Included by openapi*.cpp alone.
//
// A limit of bytes is given as maxLength, which counts characters: so a schema never refuses what jobd takes, and the
// description says what it really is.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "shared/json.h"
#include "shared/names.h"

namespace jobd::openapi {

struct Length {
  std::size_t min = 0;
  std::size_t max = 0;  // 0: no bound of its own
};

OrderedJson text(std::string_view description, Length length = {});
// With an example of what it may be.
OrderedJson like(OrderedJson schema, std::string_view example);
OrderedJson boolean(std::string_view description);
OrderedJson number(std::string_view description);
OrderedJson integer(std::string_view description, std::int64_t min, std::int64_t max);
OrderedJson count(std::string_view description);  // 0 and more
OrderedJson uuid(std::string_view description);
OrderedJson time(std::string_view description);
OrderedJson duration(std::string_view description);
OrderedJson trace_context(std::string_view description);
OrderedJson one_of_names(std::string_view description, std::span<const std::string_view> names);
template <typename E>
OrderedJson one_of(std::string_view description) {
  return one_of_names(description, every_name<E>());
}

OrderedJson ref(std::string_view schema);
OrderedJson ref(std::string_view schema, std::string_view description);
OrderedJson list(std::string_view description, OrderedJson items, std::size_t max = 0);
OrderedJson map(std::string_view description, OrderedJson values, std::size_t max);
OrderedJson nullable(OrderedJson schema);
OrderedJson either(std::string_view description, std::vector<OrderedJson> schemas);

struct Property {
  std::string_view name;
  OrderedJson schema;
};
using Properties = std::vector<Property>;
// What a reply holds; later versions may add to it.
OrderedJson reply(std::string_view description, Properties always, Properties sometimes = {});
// What a request may hold, and nothing else.
OrderedJson request(std::string_view description, Properties required, Properties optional);

}  // namespace jobd::openapi
