-- What the same tables looked like in Odoo 12, run after odoo.sql.
alter table uom_uom alter column name type varchar using name->>'en_US';
alter table res_country alter column name type varchar using name->>'en_US';
alter table product_template alter column name type varchar using name->>'en_US';
alter table product_template drop column detailed_type, drop column hs_code, drop column country_of_origin;
alter table stock_picking_type alter column name type varchar using name->>'en_US';
alter table stock_lot rename to stock_production_lot;
alter table stock_production_lot rename column expiration_date to life_date;
alter table res_partner drop column supplier_rank;
alter table res_partner add column supplier bool;
update res_partner set supplier = (id = 7);
alter table product_supplierinfo rename column partner_id to name;
alter table product_template_attribute_value rename to product_attribute_value;
alter table product_variant_combination rename to product_attribute_value_product_product_rel;
alter table product_attribute_value_product_product_rel
  rename column product_template_attribute_value_id to product_attribute_value_id;
alter table mrp_bom_line_product_template_attribute_value_rel rename to mrp_bom_line_product_attribute_value_rel;
alter table mrp_bom_line_product_attribute_value_rel
  rename column product_template_attribute_value_id to product_attribute_value_id;
