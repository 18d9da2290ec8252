-- What the same tables look like in Odoo 19, run after odoo.sql: units without categories, their factor the other way.
alter table uom_uom add column relative_factor numeric, add column relative_uom_id int, add column parent_path varchar;
update uom_uom set factor = case id when 2 then 250 when 3 then 12 when 11 then 0.001 else 1 end,
  relative_uom_id = case id when 2 then 1 when 3 then 1 when 11 then 10 end;
update uom_uom set relative_factor = factor, parent_path = coalesce(relative_uom_id || '/', '') || id || '/';
alter table uom_uom drop column category_id, drop column uom_type;
alter table product_template drop column uom_po_id, drop column detailed_type, add column is_storable bool;
update product_template set is_storable = type = 'product', type = case type when 'product' then 'consu' else type end;
alter table purchase_order_line rename column product_uom to product_uom_id;
alter table sale_order_line rename column product_uom to product_uom_id;
