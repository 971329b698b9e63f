#include "daemon/net/openapi_schema.h"

#include <utility>

namespace jobd::openapi {
namespace {

OrderedJson typed(std::string_view type, std::string_view description) {
  OrderedJson out{{"type", type}};
  if (!description.empty()) out["description"] = description;
  return out;
}

OrderedJson object(std::string_view description, Properties required, Properties optional) {
  OrderedJson out = typed("object", description);
  OrderedJson names = OrderedJson::array();
  OrderedJson& all = out["properties"] = OrderedJson::object();
  for (Property& property : required) {
    all[std::string(property.name)] = std::move(property.schema);
    names.push_back(property.name);
  }
  for (Property& property : optional) all[std::string(property.name)] = std::move(property.schema);
  if (!names.empty()) out["required"] = std::move(names);
  return out;
}

}  // namespace

OrderedJson text(std::string_view description, Length length) {
  OrderedJson out = typed("string", description);
  if (length.min > 0) out["minLength"] = length.min;
  if (length.max > 0) out["maxLength"] = length.max;
  return out;
}

OrderedJson like(OrderedJson schema, std::string_view example) {
  schema["examples"] = OrderedJson::array({example});
  return schema;
}

OrderedJson boolean(std::string_view description) {
  return typed("boolean", description);
}

OrderedJson number(std::string_view description) {
  return typed("number", description);
}

OrderedJson integer(std::string_view description, std::int64_t min, std::int64_t max) {
  OrderedJson out = typed("integer", description);
  out["minimum"] = min;
  out["maximum"] = max;
  return out;
}

OrderedJson count(std::string_view description) {
  OrderedJson out = typed("integer", description);
  out["minimum"] = 0;
  return out;
}

OrderedJson uuid(std::string_view description) {
  OrderedJson out = typed("string", description);
  out["format"] = "uuid";
  return out;
}

OrderedJson time(std::string_view description) {
  OrderedJson out = typed("string", description);
  out["format"] = "date-time";
  return out;
}

OrderedJson duration(std::string_view description) {
  OrderedJson out = typed("string", description);
  out["pattern"] = "^([0-9]+(d|h|m|s|ms))+$";
  out["examples"] = {"90s", "15m", "1h30m"};
  return out;
}

OrderedJson trace_context(std::string_view description) {
  OrderedJson out = like(typed("string", description), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  out["pattern"] = "^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$";
  return out;
}

OrderedJson one_of_names(std::string_view description, std::span<const std::string_view> names) {
  OrderedJson out = typed("string", description);
  out["enum"] = names;
  return out;
}

OrderedJson ref(std::string_view schema) {
  return {{"$ref", "#/components/schemas/" + std::string(schema)}};
}

OrderedJson ref(std::string_view schema, std::string_view description) {
  OrderedJson out = ref(schema);
  out["description"] = description;
  return out;
}

OrderedJson list(std::string_view description, OrderedJson items, std::size_t max) {
  OrderedJson out = typed("array", description);
  out["items"] = std::move(items);
  if (max > 0) out["maxItems"] = max;
  return out;
}

OrderedJson map(std::string_view description, OrderedJson values, std::size_t max) {
  OrderedJson out = typed("object", description);
  out["additionalProperties"] = std::move(values);
  if (max > 0) out["maxProperties"] = max;
  return out;
}

OrderedJson nullable(OrderedJson schema) {
  if (schema.contains("$ref")) {
    OrderedJson out{{"oneOf", {{{"$ref", schema["$ref"]}}, {{"type", "null"}}}}};
    if (schema.contains("description")) out["description"] = schema["description"];
    return out;
  }
  schema["type"] = {schema["type"], "null"};
  if (schema.contains("enum")) schema["enum"].push_back(nullptr);
  return schema;
}

OrderedJson either(std::string_view description, std::vector<OrderedJson> schemas) {
  return {{"description", description}, {"oneOf", std::move(schemas)}};
}

OrderedJson reply(std::string_view description, Properties always, Properties sometimes) {
  return object(description, std::move(always), std::move(sometimes));
}

OrderedJson request(std::string_view description, Properties required, Properties optional) {
  OrderedJson out = object(description, std::move(required), std::move(optional));
  out["additionalProperties"] = false;
  return out;
}

}  // namespace jobd::openapi
