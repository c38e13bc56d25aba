use super::*;

fn names(found: &FoundTools) -> (Vec<&str>, Vec<(&str, &str, &str)>) {
    let offered = found.definitions.iter().map(|it| &*it.name).collect();
    let called = found.calls.iter().map(|it| (&*it.name, &*it.id, &*it.arguments)).collect();
    (offered, called)
}

fn offered(input: &str) -> Vec<String> {
    tools_of(Some(input), None).definitions.into_iter().map(|it| it.name).collect()
}

fn called(output: &str) -> Vec<(String, String, String)> {
    let calls = tools_of(None, Some(output)).calls;
    assert!(calls.iter().enumerate().all(|(place, call)| call.index == place));
    calls.into_iter().map(|it| (it.name, it.id, it.arguments)).collect()
}

fn call(name: &str, id: &str, arguments: &str) -> (String, String, String) {
    (name.to_owned(), id.to_owned(), arguments.to_owned())
}

#[test]
fn tools_are_found_in_the_words_of_each_provider() {
    for input in [
        r#"{"messages":[],"tools":[{"type":"function","function":{"name":"search","parameters":{"type":"object"}}}]}"#,
        r#"{"tools":[{"type":"function","name":"search","parameters":{}},{"type":"function","name":"search"}]}"#,
        r#"{"tools":[{"name":"search","description":"finds","input_schema":{"type":"object"}}]}"#,
        r#"{"tools":["{\"name\":\"search\",\"inputSchema\":{}}"]}"#,
        r#"{"tools":[{"toolSpec":{"name":"search","inputSchema":{"json":{}}}}]}"#,
        r#"{"contents":[],"config":{"tools":[{"function_declarations":[{"name":"search","description":"finds"}]}]}}"#,
        r#"{"messages":[{"role":"user","content":"hi","tools":[{"name":"search","parameters":{}}]}]}"#,
        r#"[{"role":"tool","content":{"type":"function","function":{"name":"search","parameters":{}}}}]"#,
    ] {
        assert_eq!(offered(input), ["search"], "{input}");
    }
}

#[test]
fn a_definition_has_the_description_and_the_schema() {
    let input = r#"{"tools":[{"toolSpec":{"name":"a","description":"d","inputSchema":{"json":{"type": "object"}}}}]}"#;
    let expected = ToolDefinition {
        name: "a".to_owned(),
        description: Some("d".to_owned()),
        parameters: Some(r#"{"type":"object"}"#.to_owned()),
    };
    assert_eq!(tools_of(Some(input), None).definitions, [expected]);
}

#[test]
fn what_is_no_tool_is_none() {
    for input in [
        "",
        "tools\"",
        r#"{"tools":"hammer"}"#,
        r#"{"tools":[{"name":"hammer"}]}"#,
        r#"{"tools":[{"name":""},{"type":"function"},1,null,"x"]}"#,
        r#"[{"role":"tool","content":"{\"parameters\":1}"}]"#,
    ] {
        assert_eq!(offered(input), [""; 0], "{input}");
    }
}

#[test]
fn calls_are_found_in_the_words_of_each_provider() {
    let one = [call("search", "c1", r#"{"q":1}"#)];
    for output in [
        r#"{"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":{"name":"search","arguments":"{\"q\":1}"}}]}"#,
        r#"{"choices":[{"message":{"tool_calls":[{"id":"c1","function":{"name":"search","arguments":{"q": 1}}}]}}]}"#,
        r#"{"output":[{"type":"function_call","call_id":"c1","name":"search","arguments":"{\"q\":1}"}]}"#,
        r#"{"content":[{"type":"text","text":"tool_use"},{"type":"tool_use","id":"c1","name":"search","input":{"q":1}}]}"#,
        r#"[{"type":"tool-call","toolCallId":"c1","toolName":"search","input":{"q":1}}]"#,
        r#"[{"toolCallType":"function","toolCallId":"c1","toolName":"search","args":"{\"q\":1}"}]"#,
        r#"[{"role":"assistant","parts":[{"type":"tool_call","id":"c1","name":"search","arguments":{"q":1}}]}]"#,
        r#"{"candidates":[{"content":{"parts":[{"functionCall":{"id":"c1","name":"search","args":{"q":1}}}]}}]}"#,
        r#"{"content":"","additional_kwargs":{"tool_calls":[{"id":"c1","function":{"name":"search","arguments":"{\"q\":1}"}}]},"tool_calls":[{"name":"search","args":{"q":1},"id":"c1","type":"tool_call"}]}"#,
        r#"{"output":{"message":{"content":[{"toolUse":{"toolUseId":"c1","name":"search","input":{"q":1}}}]}}}"#,
    ] {
        assert_eq!(called(output), one, "{output}");
    }
}

#[test]
fn calls_without_ids_are_all_counted_and_results_are_none() {
    let output = r#"{"parts":[{"functionCall":{"name":"a","args":{}}},{"functionCall":{"name":"a","args":{}}}]}"#;
    assert_eq!(called(output), [call("a", "", "{}"), call("a", "", "{}")]);
    for output in [
        r#"[{"type":"tool-result","toolCallId":"c1","toolName":"search","result":1}]"#,
        r#"{"role":"tool","name":"search","tool_call_id":"c1","content":"42"}"#,
        r#"{"function":{"name":"search","parameters":{}},"type":"function","tool_calls":null}"#,
        r#"{"tool_calls":[{"function":{"name":1}}]}"#,
    ] {
        assert_eq!(called(output), [], "{output}");
    }
}

#[test]
fn a_value_of_a_request_is_read_whether_it_is_json_or_json_in_a_string() {
    let plain = r#"{"tools":[{"name":"a","parameters":{}}]}"#;
    let quoted = format!("{plain:?}");
    let output = r#""{\"tool_calls\":[{\"name\":\"a\",\"args\":{},\"id\":\"1\"}]}""#;
    for input in [plain, &quoted] {
        let json = |text| Some(Json::parse(text).expect("it is JSON"));
        let found = tools_in(json(input), json(output));
        assert_eq!(names(&found), (vec!["a"], vec![("a", "1", "{}")]), "{input}");
    }
}

#[test]
fn deep_nesting_ends() {
    let deep = format!("{}{}{}", r#"{"content":["#.repeat(500), r#"{"type":"tool_use"}"#, "]}".repeat(500));
    assert_eq!(called(&deep), []);
}
