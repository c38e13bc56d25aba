// Markdown from a model, which is nobody's HTML: marked only cuts the text into tokens, and every token becomes an
// element here. HTML in the text stays text, and links lead to the web or nowhere.
import { type MarkedToken, type Token, type Tokens, lexer } from "marked";
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { LongText } from "./long_text.tsx";

/** Longer texts are shown as they are: there are texts that marked reads in quadratic time. */
const READ_AT_MOST = 20_000;

/** How deep lists and quotes may be nested before what is inside them is shown as it is. */
const DEEPEST = 24;

/** A text with its Markdown rendered. */
export function MarkdownView({ text }: { text: string }) {
  const tokens = useMemo(() => readMarkdown(text), [text]);
  if (!tokens) return <LongText text={text} />;
  return <div class="markdown">{renderAll(tokens, 0)}</div>;
}

function readMarkdown(text: string): Token[] | null {
  if (text.length > READ_AT_MOST) return null;
  try {
    return lexer(text, { gfm: true, breaks: true });
  } catch {
    return null;
  }
}

function renderAll(tokens: readonly Token[] | undefined, depth: number): ComponentChildren {
  return tokens?.map((token, index) => <Rendered key={index} token={token} depth={depth + 1} />);
}

function Rendered({ token, depth }: { token: Token; depth: number }) {
  if (depth > DEEPEST) return <>{token.raw}</>;
  return <>{renderBlock(token as MarkedToken, depth) ?? renderInline(token as MarkedToken, depth)}</>;
}

function renderBlock(token: MarkedToken, depth: number): ComponentChildren | undefined {
  switch (token.type) {
    case "paragraph":
      return <p>{renderAll(token.tokens, depth)}</p>;
    case "heading":
      return <p class={`heading h${token.depth}`}>{renderAll(token.tokens, depth)}</p>;
    case "code":
      return <pre class="code">{token.text}</pre>;
    case "blockquote":
      return <blockquote>{renderAll(token.tokens, depth)}</blockquote>;
    case "list":
      return renderList(token as Tokens.List, depth);
    case "table":
      return renderTable(token as Tokens.Table, depth);
    case "hr":
      return <hr />;
    case "space":
      return null;
    case "def":
      return <p>{token.raw}</p>;
    default:
      return undefined;
  }
}

function renderInline(token: MarkedToken, depth: number): ComponentChildren {
  switch (token.type) {
    case "strong":
      return <strong>{renderAll(token.tokens, depth)}</strong>;
    case "em":
      return <em>{renderAll(token.tokens, depth)}</em>;
    case "del":
      return <del>{renderAll(token.tokens, depth)}</del>;
    case "codespan":
      return <code>{token.text}</code>;
    case "br":
      return <br />;
    case "link":
      return renderLink(token as Tokens.Link, depth);
    case "text":
      return "tokens" in token && token.tokens ? renderAll(token.tokens, depth) : token.text;
    case "escape":
      return token.text;
    case "checkbox":
      return <input type="checkbox" checked={token.checked} disabled />;
    default:
      return token.raw;
  }
}

function renderLink(token: Tokens.Link, depth: number): ComponentChildren {
  if (!/^(https?|mailto):/i.test(token.href)) return token.raw;
  return (
    <a href={token.href} title={token.href} target="_blank" rel="noreferrer noopener">
      {renderAll(token.tokens, depth)}
    </a>
  );
}

function renderList(token: Tokens.List, depth: number): ComponentChildren {
  const items = token.items.map((item, index) => (
    <li key={index}>
      {renderAll(item.tokens, depth)}
    </li>
  ));
  return token.ordered ? <ol start={token.start === "" ? 1 : token.start}>{items}</ol> : <ul>{items}</ul>;
}

function renderTable(token: Tokens.Table, depth: number): ComponentChildren {
  const cells = (row: readonly Tokens.TableCell[], Cell: "td" | "th"): ComponentChildren =>
    row.map((cell, index) => (
      <Cell key={index} class={cell.align ? `align-${cell.align}` : undefined}>
        {renderAll(cell.tokens, depth)}
      </Cell>
    ));
  return (
    <div class="table-scroll">
      <table>
        <thead>
          <tr>{cells(token.header, "th")}</tr>
        </thead>
        <tbody>
          {token.rows.map((row, index) => (
            <tr key={index}>{cells(row, "td")}</tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
