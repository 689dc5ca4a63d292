// SPDX-License-Identifier: Apache-2.0
package nuo;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the JSON that the library itself has written: it is well-formed, and without blanks. */
final class Json {
  private final String text;
  private int at;

  private Json(String text) {
    this.text = text;
  }

  static Map<String, Object> object(String text) {
    return map(new Json(text).value());
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> map(Object value) {
    return (Map<String, Object>) value;
  }

  /** Empty when there is no such member. */
  static List<?> list(Map<String, Object> members, String name) {
    return (List<?>) members.getOrDefault(name, List.of());
  }

  private Object value() {
    switch (text.charAt(at)) {
      case '{':
        return object();
      case '[':
        return array();
      case '"':
        return string();
      case 't':
        at += 4;
        return true;
      case 'f':
        at += 5;
        return false;
      case 'n':
        at += 4;
        return null;
      default:
        return number();
    }
  }

  private Map<String, Object> object() {
    Map<String, Object> members = new LinkedHashMap<>();
    at++;
    while (text.charAt(at) != '}') {
      if (text.charAt(at) == ',') {
        at++;
      }
      String name = string();
      at++;
      members.put(name, value());
    }
    at++;
    return members;
  }

  private List<Object> array() {
    List<Object> elements = new ArrayList<>();
    at++;
    while (text.charAt(at) != ']') {
      if (text.charAt(at) == ',') {
        at++;
      }
      elements.add(value());
    }
    at++;
    return elements;
  }

  private String string() {
    int begin = ++at;
    while (text.charAt(at) != '"' && text.charAt(at) != '\\') {
      at++;
    }
    StringBuilder out = new StringBuilder().append(text, begin, at);
    for (; text.charAt(at) != '"'; at++) {
      char c = text.charAt(at);
      out.append(c == '\\' ? escaped() : c);
    }
    at++;
    return out.toString();
  }

  /** From a backslash to the last character of what it begins. */
  private char escaped() {
    char c = text.charAt(++at);
    if (c == 'u') {
      at += 4;
      return (char) Integer.parseInt(text, at - 3, at + 1, 16);
    }
    int place = "bfnrt".indexOf(c);
    return place < 0 ? c : "\b\f\n\r\t".charAt(place);
  }

  private Object number() {
    int begin = at;
    while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
    String number = text.substring(begin, at);
    return number.chars().allMatch(c -> c == '-' || Character.isDigit(c)) ? (Object) Long.valueOf(number) : new BigDecimal(number);
  }
}
